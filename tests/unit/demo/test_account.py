from typing import Any

from sandbox.demo.account import balance


def counted(duplicates: int = 0, unreadable: int = 0, **distinct: int) -> dict[str, Any]:
    """What `logferry count` prints."""
    return {
        "duplicates": duplicates,
        "unreadable": unreadable,
        "prefixes": {prefix: {"distinct": count} for prefix, count in distinct.items()},
    }


def test_all_records_in_the_files_balance() -> None:
    account = balance({"sale": 100, "ordinary": 7}, counted(sale=100, ordinary=7))
    assert account.balanced
    assert (account.made, account.found) == (107, 107)


def test_a_record_that_is_in_no_file_is_missing_under_its_prefix() -> None:
    account = balance({"sale": 100, "ordinary": 7}, counted(sale=99, ordinary=7))
    assert not account.balanced
    assert account.missing == {"sale": 1}


def test_the_last_records_of_a_producer_are_missed_though_they_leave_no_gap() -> None:
    """`logferry count` knows gaps alone; what was made says how far the ids must go."""
    assert balance({"sale": 100}, counted(sale=98)).missing == {"sale": 2}


def test_a_producer_without_a_single_record_in_the_files_is_missing_whole() -> None:
    assert balance({"sale": 100}, counted()).missing == {"sale": 100}


def test_duplicates_and_torn_lines_are_told_and_are_no_loss() -> None:
    account = balance({"sale": 100}, counted(sale=100, duplicates=3, unreadable=1))
    assert account.balanced
    assert (account.duplicates, account.unreadable) == (3, 1)

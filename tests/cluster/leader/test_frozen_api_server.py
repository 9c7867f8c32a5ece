"""The API server is frozen: it accepts connections and answers nothing."""

import signal
import time
from collections.abc import Callable

from sandbox.sandbox import Sandbox
from tests.cluster.installed.waiting import eventually
from tests.cluster.leader.duel import FIRST, SECOND, Duel
from tests.cluster.leader.pulses import IMPATIENT, wrong_with
from tests.hazards import hazard


@hazard(
    seen="Nothing new; `/healthz` fails after 60 s, and is well again with the first answer",
    done="It stops leading when its time is over. Told to end, it ends within 5 s; the other goes on later",
)
def test_the_api_server_is_frozen(make_duel: Callable[[str], Duel], cluster: Sandbox) -> None:
    duel = make_duel("frozen-server")
    duel.start(FIRST, **IMPATIENT)
    duel.until_leads(FIRST)
    duel.start(SECOND, **IMPATIENT)
    duel.until_stands_by(SECOND)
    cluster.stop("kube-apiserver", signal.SIGSTOP)
    try:
        said = eventually(lambda: wrong_with(duel), bool, "it takes itself for well")
        assert said.startswith("the API server neither answers nor refuses anything since")
        assert duel.operators[FIRST].leads is False
        began = time.monotonic()
        duel.send(FIRST, signal.SIGTERM)
        assert duel.operators[FIRST].process.wait(10) == 0
        assert time.monotonic() - began <= 5
    finally:
        cluster.stop("kube-apiserver", signal.SIGCONT)
    duel.until_leads(SECOND)
    eventually(lambda: duel.operators[SECOND].says("/healthz"), (200, "ok\n").__eq__, "it is unwell for ever")

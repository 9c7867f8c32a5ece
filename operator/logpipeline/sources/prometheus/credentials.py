"""The credentials of a Prometheus server as the client library wants them."""

from logpipeline.sources.credentials import PASSWORD, TOKEN, USERNAME, Credentials, CredentialsError


def login_of(credentials: Credentials) -> tuple[bytes, bytes] | None:
    """User and password for basic authentication, if they are given. Raises CredentialsError."""
    credentials.need(USERNAME, PASSWORD)
    credentials.need(PASSWORD, USERNAME)
    user, password = credentials.get(USERNAME), credentials.get(PASSWORD)
    if user is None or password is None:
        return None
    if credentials.has_any(TOKEN):
        raise CredentialsError(f"'{TOKEN}' and '{USERNAME}' are both given: one of them is sent, keep that")
    if ":" in user:
        raise CredentialsError(f"'{USERNAME}' holds a colon, which basic authentication cannot send")
    return user.encode(), password.encode()


def headers_of(credentials: Credentials) -> dict[str, str]:
    """The header that carries the token, if one is given. Raises CredentialsError."""
    token = credentials.get(TOKEN)
    if token is None:
        return {}
    if not all(" " < sign <= "~" for sign in token):
        raise CredentialsError(f"'{TOKEN}' holds spaces, line ends or letters that no token has")
    return {"Authorization": f"Bearer {token}"}

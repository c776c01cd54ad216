"""Everything that can go wrong, as one small tree; messages are written for whoever has to act on them.

    RbMcpError
    ├── InvalidInput          the caller can mend it: names the field and the way out
    │   └── NotFound          an id that is not in the namespace asked
    ├── ConfigurationError    a setting, a prompt file or an installation is wrong
    ├── StoreError            the bank cannot do it now: full, read-only, damaged, held by another
    │   ├── NewerBank         the bank was written by a newer release; it is left untouched
    │   └── LostLease         another worker has taken the job up; a late answer changes nothing
    └── ProviderError         a model or an embedder cannot do it: no key, no such model, a request it rejects
        ├── Unavailable       it did not answer now: overloaded, out of reach, too slow; later it may
        ├── Refused           it declined to answer, for safety or by policy
        └── Malformed         it answered, but not what was asked: nothing, half of it, something else

Errors of other libraries are mapped to these where they enter, and only there.
"""


class RbMcpError(Exception):
    """Base of every error this package raises on purpose."""


class InvalidInput(RbMcpError):  # noqa: N818 - the tree reads better without the suffix
    """An argument is wrong. The message names the field and says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class NotFound(InvalidInput):
    """An id that is not known where it was looked for."""


class ConfigurationError(RbMcpError):
    """A setting, a prompt file or the installation is wrong."""


class StoreError(RbMcpError):
    """The bank could not do what was asked; nothing was half-written."""


class NewerBank(StoreError):  # noqa: N818 - the tree reads better without the suffix
    """The bank was written by a newer release and is left untouched."""


class LostLease(StoreError):  # noqa: N818 - the tree reads better without the suffix
    """A job was taken up by another worker meanwhile; what this one found changes nothing."""


class ProviderError(RbMcpError):
    """A model or an embedder cannot do what is asked, now or later."""


class Unavailable(ProviderError):  # noqa: N818 - the tree reads better without the suffix
    """A provider did not answer now. `retry_after` is how many seconds it asked to be left alone, if it said."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(ProviderError):  # noqa: N818 - the tree reads better without the suffix
    """A model declined to answer: that is no memory, and says nothing of the trajectory."""


class Malformed(ProviderError):  # noqa: N818 - the tree reads better without the suffix
    """A reply holds nothing, or half, or something else than was asked."""

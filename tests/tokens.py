"""An id as it stands in tokens, for tests in which it does not matter which."""

from bot.domain.chat import PublicId

AN_ID = PublicId("fox2" * 6)

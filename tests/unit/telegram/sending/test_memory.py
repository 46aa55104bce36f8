"""What is remembered about chats."""

from adapters.telegram.memory import MOST_REMEMBERED, ChatMemory, Rights


def test_facts_about_a_hundred_thousand_chats_do_not_stay_in_memory() -> None:
    memory = ChatMemory(lambda: 0.0)
    for chat in range(100_000):
        memory.keep_rights(chat, Rights())
        memory.moved(chat, -chat)
        memory.topic_closed(chat, 1)
        memory.topic_lost(chat, 1)
    remembered = [
        sum(memory.rights_in(chat) is not None for chat in range(100_000)),
        sum(memory.now_at(chat) != chat for chat in range(100_000)),
        sum(memory.is_topic_closed(chat, 1) for chat in range(100_000)),
        sum(memory.thread_in(chat, 1) is None for chat in range(100_000)),
    ]
    assert remembered == [MOST_REMEMBERED] * 4
    memory.topic_closed(99_999, 1, is_closed=False)
    assert not memory.is_topic_closed(99_999, 1)

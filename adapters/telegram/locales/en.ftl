### What Plantain says on Telegram alone, in English.

ask-what-to-change = What shall I change?
ask-answer-here = Answer this message.
ask-placeholder = make it night
ask-by-reply = Reply to the picture with what I shall change.
speaks-for-a-chat = I can't tell whose credits these would be. Please write as yourself, not as a group or channel.

### 只在 Telegram 上说的话（简体中文）。

ask-what-to-change = 要改什么？
ask-answer-here = 请直接回复这条消息。
ask-placeholder = 改成夜晚
ask-by-reply = 请回复这张图片，写上要改什么。
speaks-for-a-chat = 我无法判断该用谁的积分。请用你自己的身份发言，不要用群组或频道的身份。

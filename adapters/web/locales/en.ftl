### What the page says by itself, in English.

page-language = en
page-picture-gone = This picture isn't kept any more
page-placeholder = Describe a picture, or type /
page-send = Send
page-attach = Add pictures
page-conversation = Conversation
page-commands = Commands and settings
page-you = You
page-credits = Credits
page-connecting = Connecting…
page-connected = Connected
page-lost = Connection lost. Trying again…
page-sending = Sending…
page-not-sent = Couldn't be sent.
page-not-kept = The bot can't save anything at the moment. Nothing was charged.
page-picture-ready = A picture is ready
page-request-over = A request is over
page-send-again = Send again
page-discard = Discard
page-reply = Reply
page-replying-to = Replying to
page-drop-reply = Don't reply
page-remove-file = Remove
page-drop-here = Drop pictures here
page-file-too-large = A file may have { $limit } MB at most.
page-too-many-files = A message takes { $limit ->
    [one] one file
   *[other] up to { $limit } files
}.
page-new-messages = New messages
page-earlier-messages = Earlier messages
page-show-all = Show all
page-show-less = Show less
page-show-picture = Show the whole picture
page-open-original = Open original
page-download = Download
page-close = Close
page-previous = Previous picture
page-next = Next picture
page-progress = Progress
page-needs-script = This page needs JavaScript.
page-door-title = Please open the link from the terminal
page-door-hint = When the bot starts, it prints a link that lets this browser in. Open that link here, and the page will know you from then on.
page-door-once = Each link works once. For a new one, start the bot again.
page-door-enter = I've opened the link

### Everything Plantain says on every platform, in English; adapters have sentences of their own. The keys are the same in every language; a test holds them to it.
### Words between { } come from the program; somebody's own words arrive untouched.

## What was typed

prompt-empty = Tell me what to paint, for example: /imagine a red fox in snow --ar 16:9
prompt-too-long = That prompt has { $length } characters; { $limit } is the most I can take.
prompt-control-characters = The prompt holds a character that can't be shown ({ $code }). Please type it again without it.
flag-without-value = { $flag } needs a value after it, for example --ar 16:9, --size 4K or --model pro.
flag-takes-no-value = { $flag } stands alone, without a value.
flag-unknown-near = I don't know { $flag }. Did you mean { $near }?
flag-unknown = I don't know { $flag }. There are { $flags }.
flag-twice = { $flag } is given twice: { $first } and { $second }. Which one shall it be?
choice-twice = { $first } and { $second } each choose the model. Which one shall it be?
no-model-marked = No model here goes with { $flag }. On offer: { $models }; name one with --model.
model-unknown-near = There is no model “{ $model }”. Did you mean { $near }? On offer: { $models }.
model-unknown = There is no model “{ $model }”. On offer: { $models }.
setting-unreadable = { $flag } can't be “{ $value }”. On offer: { $values }.
ratio-not-offered = { $model } doesn't paint { $value }. It has { $values }.
setting-without-choice = { $model } can't be told { $flag } here; leave it out.
size-not-offered = { $model } has no size “{ $value }”. It has { $values }.
think-not-offered = { $model } can't be told to think “{ $value }”. It has { $values }.
offered-by = { $model } offers it: { $flag }.
too-many-pictures = That makes { $count } pictures; { $limit } at once is the most. Use fewer choices in { "{" }{ "}" }, or a smaller --n.
count-not-offered = “{ $value }” is no number of pictures. --n takes 1 to { $limit }.
picture-number-unknown = There is no picture #{ $number } there. There are { $numbers }.
one-picture-here = The command line makes one picture at a time; leave --n and choices in { "{" }{ "}" } out.
command-unknown-near = There is no command /{ $name }. Did you mean /{ $near }?
command-unknown = There is no command /{ $name }. Type /help to see what there is.
edit-without-picture = Reply to a picture with /edit and what to change, or send a picture along.
edit-without-words = Got the picture. Reply to it with what to change, for example: make it night.
edit-too-many-pictures = { $model } takes { $limit ->
    [one] one picture
   *[other] up to { $limit } pictures
} at once; these are { $given }.

## Pictures that come in

picture-unreadable = That file is no picture I can read. PNG, JPEG, WebP, HEIC, AVIF and GIF work.
picture-too-large = That picture is too large for me. Please send a smaller one.
album-partly-seen = I could see only one picture of that album, so I'm changing that one.
picture-not-kept = That picture isn't kept any more. Please send it again.
picture-unavailable = I couldn't fetch the picture to edit. Please send it again.

## Before it is made

offer-price = { $count ->
    [one] One picture
   *[other] { $count } pictures
} for { $price ->
    [one] 1 credit
   *[other] { $price } credits
}; you have { $left }. Shall I?
offer-open = Nothing is reserved yet. This stays open for { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}.
offer-expired = Nobody confirmed this in time.
numbered-prompt = { $number }: { $prompt }

## While a picture is made

status-settings = { $settings }
status-price = { $price ->
    [one] 1 credit
   *[other] { $price } credits
}, { $left } left
status-count = { $count ->
    [one] 1 picture
   *[other] { $count } pictures
}
# Times such as $at, $began and $ready read "20 seconds ago" or "in 3 minutes", or are a time of day.
status-asked = Asked for { $at }. It takes about { $minutes ->
    [0] { $seconds } s
   *[other] { $minutes } min
} and comes as a message of its own.
status-next = Next in line. Expected { $ready }
status-waiting = Place { $place } in line. Expected { $ready }
status-waiting-long = At least { $before } pictures are before yours. Expected { $ready } at the earliest
status-fetching = Fetching the picture to edit
status-painting = Painting: began { $began }, takes about { $minutes ->
    [0] { $seconds } s
   *[other] { $minutes } min
}
status-painting-several = Painting: { $ready } of { $count } ready, began { $began }, takes about { $minutes ->
    [0] { $seconds } s
   *[other] { $minutes } min
}
status-later = This takes longer than this message can be changed. The picture comes to you directly when it is ready.
takes-too-long-here = I can't reach you here for long enough: this picture takes about { $minutes } min. Ask in a server that I'm in, or write to me directly. Nothing was charged.
status-ended = This request is over; what came of it is in a message of its own.
status-cancelled = Cancelled. Nothing was charged.
nothing-charged = Nothing was charged; you have { $left ->
    [one] 1 credit
   *[other] { $left } credits
} left.
result-settings = { $settings } · { $width }×{ $height }
result-not-as-asked = Asked for { $asked }{ $pixels ->
    [unknown] { "" }
   *[other] { " " }({ $pixels })
}; the model made { $made }.
results-missing = { $missing } of { $count } didn't come, and cost nothing:
results-cancelled = { $cancelled } of { $count } were cancelled, and cost nothing.
result-original-kept = { $count ->
    [one] The original ({ $megabytes } MB) is
   *[other] { $count } originals (up to { $megabytes } MB) are
} too large for this chat.
result-original-barred = { $count ->
    [one] The original can't be had here, because I may not send files in this chat.
   *[other] { $count } originals can't be had here, because I may not send files in this chat.
}
result-uncertain = The connection broke while I was sending the picture, so it may not have arrived. If you can't see it, I'll send it again.
picture-waits = The picture is ready, but this chat doesn't take it. It is kept for you: press Show where I may send pictures, or write to me in private.
pictures-wait = { $count ->
    [one] A picture of yours couldn't be delivered. It is kept for you; press Show to see it here.
   *[other] { $count } pictures of yours couldn't be delivered. They are kept for you; press Show to see them here.
}
pictures-wait-here = { $count ->
    [one] A picture couldn't be delivered here. It waits for:
   *[other] { $count } pictures couldn't be delivered here. They wait for:
}
pictures-wait-refunded = Where the credits went back, I tell the price and ask first.
credits-given-back = { $count ->
    [one] 1 credit
   *[other] { $count } credits
} went back to you; you have { $left } left.
offer-painted-already = { $count ->
    [one] It is painted already
   *[other] They are painted already
}, but couldn't be delivered, so the credits went back to you.
result-not-kept = { $count ->
    [one] A picture of this request isn't kept any more, so I can't send it.
   *[other] { $count } pictures of this request aren't kept any more, so I can't send them.
}

## When it fails

fault-unreachable = The picture service can't be reached just now. Please try again in a minute.
fault-connection-lost = The connection broke while the picture was coming in. Please try again.
fault-too-long = The picture took too long, so I stopped waiting. Please try again, perhaps in a smaller size.
fault-busy = The picture service is busy. Please try again in a minute.
fault-busy-for = The picture service is busy. Please try again in about { $minutes ->
    [0] { $seconds } s
   *[other] { $minutes } min
}.
fault-key-rejected = This bot isn't set up correctly at the picture service. Please tell its owner.
fault-moved = This bot isn't set up correctly at the picture service. Please tell its owner.
fault-funds-used-up = This bot's funds at the picture service are used up. Please tell its owner.
fault-model-unavailable = This model isn't available here at the moment. Please try another with --model.
fault-setting-rejected = The picture service didn't accept one of the settings or pictures. Please try others.
fault-history-rejected = The picture service mixed this up with another conversation. Please try again.
fault-references-too-large = The pictures together are too large to send. Please use fewer or smaller ones.
fault-reference-unreadable = One of the pictures can't be read after all. Please send it as PNG or JPEG.
fault-refused = The picture service refuses this request. Please describe something else.
fault-blocked = The safety filter held the picture back. Rephrasing often helps.
fault-no-picture = The model answered without a picture. Describe what should be seen and try again.
fault-no-picture-words = The model answered in words, without a picture: “{ $words }”
fault-cut-off = The model stopped before the picture was whole. Please try again.
fault-unreadable = The picture service's answer couldn't be read. Please try again.
fault-link-broken = The picture was painted, but the link to it gives no picture. Please try again.
fault-interrupted = The bot was restarted while this picture was being made. Please try again.
fault-chat-closed = I may not write in that chat any more.
fault-too-many-pictures = The album has more pictures than the model takes. Please send fewer, or name another model.
fault-unknown = No picture came of this, and I no longer know why. Please try again.
fault-defect = Something went wrong on my side. Please try again; the owner can see it in the log.

## Credits

credits-exhausted = This costs { $price ->
    [one] 1 credit
   *[other] { $price } credits
} and you have { $left } left.
credits-come-back = You get { $daily } new credits every day at 00:00 UTC.
credits-none-allowed = The owner hasn't given out any credits.
credits-left = You have { $left ->
    [one] 1 credit
   *[other] { $left } credits
} left today, of { $daily }.

## Buttons

action-confirm = Yes, for { $price ->
    [one] 1 credit
   *[other] { $price } credits
}
action-decline = No, thanks
action-cancel = Cancel
action-cancel-rest = Cancel the rest
action-again = Again
action-retry = Try again
action-edit = Edit
action-larger = Make { $size }
action-delete = Delete
action-send = Send again
action-show = Show
action-show-number = Show { $number }
action-file = File
action-file-number = File { $number }
action-edit-number = Edit { $number }
action-original = Original
action-original-number = Original { $number }
button-unknown = That doesn't work here: it is too old, or it belongs to another chat. Nothing was charged.
cancel-too-late = Too late to cancel: the picture is being painted already.
confirm-not-yours = Only the person who asked for the pictures can confirm them.
confirm-too-late = That isn't open any more.
cancel-nothing = Nothing of yours is waiting, so there is nothing to cancel.
delete-not-possible = I can't delete that here any more. You, or someone who runs this chat, can.
delete-not-yours = Only the person who asked for the picture can delete it.
send-not-yours = Only the person who asked for the picture can have it sent again.
send-not-needed = That has arrived already.
show-not-yours = Only the person who asked for the picture can have it shown.
show-not-waiting = That was shown already, or isn't kept any more. Nothing was charged.
show-open = Its price is waiting for your answer already.
file-not-here = I may not send files in this chat.
file-sent-already = The file was sent here a moment ago.
cancel-not-yours = Only the person who asked for the picture can cancel it.
again-open = That one is being made already; this press started nothing and cost nothing.
again-offered = That one is waiting for your answer already.
again-not-offered = That can't be made again: its model, shape or size isn't offered any more.
account-blocked = Your credits don't add up in my records, so I can't take new requests from you for now. The owner is told; nothing was charged.
not-allowed-here = I may not send pictures here. Please ask someone who runs this chat to allow it.
no-room = The bot's disk is full, so I can't make new pictures right now. Nothing was charged. Please try again later.

## Help

welcome = Hello, I'm { $name }. Tell me what to paint.
help-imagine = /imagine a red fox in snow --ar 16:9 --size 4K paints a picture.
help-edit = Reply to a picture with /edit make it night to change it, or send one along.
help-ar = --ar sets the shape.
help-size = --size sets the resolution.
help-think = --think sets how long the model thinks before it paints.
help-model-flag = --model names the model.
help-several = --n 4 makes four at once, and { "{" }red, blue{ "}" } car a red one and a blue one. #2 in a reply means the second picture.
help-choice = Or let me choose: --fast for a quick model, --best for the best.
help-values = { $flag } can be { $values }.
help-model = { $name } ({ $alias }): { $settings ->
    [none] { "" }
   *[other] { $settings };{ " " }
}{ $without ->
    [none] { "" }
   *[other] without { $without };{ " " }
}{ $price } { $count ->
    [one] credit
   *[other] credits
} a picture.
help-credits = /credits shows what you have left.
menu-imagine = Paint a picture from a sentence
menu-edit = Change a picture you reply to or send along
menu-cancel = Cancel what still waits
menu-credits = Show what you have left
menu-help = Show what I can do
# One word without spaces in each: Discord takes them as the names of fields.
menu-name-prompt = prompt
menu-name-ar = ar
menu-name-size = size
menu-name-think = think
menu-name-model = model
menu-name-n = n
menu-name-fast = fast
menu-name-best = best
menu-option-prompt = What to paint
menu-option-change = What to change
menu-option-ar = Shape, such as 16:9
menu-option-size = Resolution, such as 4K
menu-option-think = How long the model thinks first
menu-option-model = Which model paints
menu-option-n = How many, up to 4
menu-option-fast = Let a quick model paint
menu-option-best = Let the best model paint

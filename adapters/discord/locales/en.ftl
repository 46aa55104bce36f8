### What Plantain says on Discord alone, in English.

discord-name-imagine = imagine
discord-name-edit = edit
discord-name-credits = credits
discord-name-help = help
discord-name-cancel = cancel
discord-name-picture = picture
discord-name-private = private
discord-option-picture = A picture to start from
discord-option-private = Only you see it
discord-menu-edit = Edit image
discord-menu-reference = Use as reference
discord-form-edit = Edit the picture
discord-form-reference = Paint from this picture
discord-form-pictures = More pictures, if you like
discord-say-again = I could not write that down just now. Nothing was charged; please send it again in a minute.
discord-waiting = What you asked for in private is ready. Press the button to see it; only you can.
discord-show = Show
discord-not-yours = Only the person it was made for can see that.
discord-words-hidden = Discord doesn't let me read what you wrote there. Press Edit under the picture, or choose Apps, then “Edit image”, from the picture's menu.

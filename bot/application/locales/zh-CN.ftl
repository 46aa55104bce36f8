### Plantain 在所有平台上说的话（简体中文）；各平台另有自己的句子。各语言的键相同，有测试保证。

## 输入

prompt-empty = 请告诉我要画什么，例如：/imagine 雪地里的红狐狸 --ar 16:9
prompt-too-long = 这段描述有 { $length } 个字符，最多只能用 { $limit } 个。
prompt-control-characters = 描述里有一个无法显示的字符（{ $code }），请去掉后重新输入。
flag-without-value = { $flag } 后面需要一个值，例如 --ar 16:9、--size 4K 或 --model pro。
flag-takes-no-value = { $flag } 单独使用，后面不需要值。
flag-unknown-near = 没有 { $flag } 这个选项。你是想用 { $near } 吗？
flag-unknown = 没有 { $flag } 这个选项。可用的有 { $flags }。
flag-twice = { $flag } 写了两次：{ $first } 和 { $second }。请只保留一个。
choice-twice = { $first } 和 { $second } 都会决定使用哪个模型，请只保留一个。
no-model-marked = 这里没有适合 { $flag } 的模型。可选：{ $models }，请用 --model 指定。
model-unknown-near = 没有名为“{ $model }”的模型。你是想用 { $near } 吗？可选：{ $models }。
model-unknown = 没有名为“{ $model }”的模型。可选：{ $models }。
setting-unreadable = { $flag } 不能是“{ $value }”。可选：{ $values }。
ratio-not-offered = { $model } 不支持 { $value }。可选：{ $values }。
setting-without-choice = 在这里无法为 { $model } 指定 { $flag }，请去掉它。
size-not-offered = { $model } 没有“{ $value }”这个尺寸。可选：{ $values }。
think-not-offered = { $model } 没有“{ $value }”这个思考程度。可选：{ $values }。
offered-by = { $model } 可以：{ $flag }。
too-many-pictures = 这样会有 { $count } 张图片，一次最多 { $limit } 张。请减少 { "{" }{ "}" } 里的选项，或把 --n 改小。
count-not-offered = “{ $value }”不是可用的张数，--n 可取 1 到 { $limit }。
picture-number-unknown = 那里没有第 #{ $number } 张图片，只有 { $numbers }。
one-picture-here = 命令行一次只画一张，请去掉 --n 和 { "{" }{ "}" } 里的选项。
command-unknown-near = 没有 /{ $name } 这个命令。你是想用 /{ $near } 吗？
command-unknown = 没有 /{ $name } 这个命令。输入 /help 查看可用的命令。
edit-without-picture = 请回复一张图片并写上 /edit 和修改要求，或者随消息附上图片。
edit-without-words = 图片收到了。请回复它并写上要改什么，例如：改成夜晚。
edit-too-many-pictures = { $model } 一次最多使用 { $limit } 张图片，这里有 { $given } 张。

## 收到的图片

picture-unreadable = 这个文件不是我能读取的图片。支持 PNG、JPEG、WebP、HEIC、AVIF 和 GIF。
picture-too-large = 这张图片太大了，请发一张小一些的。
album-partly-seen = 我只看到相册中的一张图片，所以只修改这一张。
picture-not-kept = 这张图片已不再保存，请重新发送。
picture-unavailable = 没能取到要修改的图片，请重新发送。

## 生成之前

offer-price = 共 { $count } 张图片，需要 { $price } 积分；你有 { $left } 积分。要开始吗？
offer-open = 现在还没有预留积分，{ $minutes } 分钟内有效。
offer-expired = 没有及时确认。
numbered-prompt = { $number }：{ $prompt }

## 生成过程

status-settings = { $settings }
status-price = { $price } 积分，剩余 { $left }
status-count = { $count } 张图片
# $at、$began、$ready 读作“20 秒前”“3 分钟后”，或是一个时刻。
status-asked = 提交时间：{ $at }。大约需要 { $minutes ->
    [0] { $seconds } 秒
   *[other] { $minutes } 分钟
}，完成后会另发一条消息。
status-next = 下一个就是你，预计完成：{ $ready }
status-waiting = 排在第 { $place } 位，预计完成：{ $ready }
status-waiting-long = 前面至少还有 { $before } 张图片，最早完成：{ $ready }
status-fetching = 正在取要修改的图片
status-painting = 正在绘制：开始于 { $began }，大约需要 { $minutes ->
    [0] { $seconds } 秒
   *[other] { $minutes } 分钟
}
status-painting-several = 正在绘制：{ $count } 张中已完成 { $ready } 张，开始于 { $began }，大约需要 { $minutes ->
    [0] { $seconds } 秒
   *[other] { $minutes } 分钟
}
status-later = 这次需要的时间超出了本消息可更新的时限，完成后图片会直接发给你。
takes-too-long-here = 这里能联系到你的时间不够：这张图片大约需要 { $minutes } 分钟。请到我所在的服务器里提问，或直接给我发消息。没有扣除积分。
status-ended = 这次请求已结束，结果在另一条消息中。
status-cancelled = 已取消，没有扣除积分。
nothing-charged = 没有扣除积分，你还有 { $left } 积分。
result-settings = { $settings } · { $width }×{ $height }
result-not-as-asked = 要求的是 { $asked }{ $pixels ->
    [unknown] { "" }
   *[other] （{ $pixels }）
}，模型给出的是 { $made }。
results-missing = { $count } 张中有 { $missing } 张没有画成，未扣积分：
results-cancelled = { $count } 张中有 { $cancelled } 张已取消，未扣积分。
result-original-kept = { $count ->
    [one] 原图
   *[other] { $count } 张原图
}（{ $megabytes } MB）对这个聊天来说太大了。
result-original-barred = { $count ->
    [one] 原图
   *[other] { $count } 张原图
}无法在这里获取，因为我不能在这个聊天里发送文件。
result-uncertain = 发送图片时连接中断，图片可能没有送达。如果你没有看到，我可以再发一次。
picture-waits = 图片已经完成，但这个聊天收不了。我会为你保存：请在我可以发图片的地方点击“查看”，或私下给我发消息。
pictures-wait = 你有 { $count } 张图片没能送达。我为你保存着，点击“查看”就能在这里看到。
pictures-wait-here = 有 { $count } 张图片没能送到这里，正在等候：
pictures-wait-refunded = 已退回积分的图片，我会先说明价格并征求同意。
credits-given-back = 已退回 { $count } 积分，你现在有 { $left } 积分。
offer-painted-already = { $count ->
    [one] 这张图片
   *[other] 这些图片
}已经画好，但没能送达，所以积分已退回。
result-not-kept = 本次请求有 { $count } 张图片已不再保存，无法发送。

## 失败

fault-unreachable = 暂时连不上图片服务，请过一分钟再试。
fault-connection-lost = 接收图片时连接中断，请再试一次。
fault-too-long = 等待时间过长，已停止。请再试一次，或换小一些的尺寸。
fault-busy = 图片服务繁忙，请过一分钟再试。
fault-busy-for = 图片服务繁忙，请约 { $minutes ->
    [0] { $seconds } 秒
   *[other] { $minutes } 分钟
}后再试。
fault-key-rejected = 机器人在图片服务上的配置有误，请告知管理者。
fault-moved = 机器人在图片服务上的配置有误，请告知管理者。
fault-funds-used-up = 机器人在图片服务上的余额已用完，请告知管理者。
fault-model-unavailable = 这个模型目前不可用，请用 --model 换一个。
fault-setting-rejected = 图片服务不接受其中一项设置或图片，请换一个试试。
fault-history-rejected = 图片服务把这次请求与别的对话弄混了，请再试一次。
fault-references-too-large = 这些图片合起来太大，请减少数量或换小一些的。
fault-reference-unreadable = 其中一张图片无法读取，请改用 PNG 或 JPEG 发送。
fault-refused = 图片服务拒绝了这个请求，请换一种内容。
fault-blocked = 图片被安全过滤拦下了，换一种说法往往有效。
fault-no-picture = 模型没有给出图片。请描述画面内容后再试。
fault-no-picture-words = 模型只回复了文字，没有图片：“{ $words }”
fault-cut-off = 模型在图片完成前停止了，请再试一次。
fault-unreadable = 无法读取图片服务的回复，请再试一次。
fault-link-broken = 图片已经画好，但取图链接打不开，请再试一次。
fault-interrupted = 生成这张图片时机器人重启了，请再试一次。
fault-chat-closed = 我已经不能在那个聊天里发言。
fault-too-many-pictures = 相册中的图片超过了模型能用的数量，请减少一些，或换一个模型。
fault-unknown = 这次没有画成，原因已无从查考，请再试一次。
fault-defect = 我这边出了点问题，请再试一次；管理者可以在日志中看到原因。

## 积分

credits-exhausted = 需要 { $price } 积分，你还剩 { $left } 积分。
credits-come-back = 每天 00:00（UTC）会得到 { $daily } 个新积分。
credits-none-allowed = 管理者没有发放积分。
credits-left = 今天还剩 { $left } 积分，共 { $daily } 积分。

## 按钮

action-confirm = 好的，{ $price } 积分
action-decline = 不用了
action-cancel = 取消
action-cancel-rest = 取消其余的
action-again = 再来一张
action-retry = 重试
action-edit = 修改
action-larger = 放大到 { $size }
action-delete = 删除
action-send = 再发一次
action-show = 查看
action-show-number = 查看第 { $number } 张
action-file = 文件
action-file-number = 文件 { $number }
action-edit-number = 修改第 { $number } 张
action-original = 原图
action-original-number = 原图 { $number }
button-unknown = 在这里用不了：它太旧了，或者属于另一个聊天。没有扣除积分。
cancel-too-late = 来不及取消了，图片已经在绘制。
confirm-not-yours = 只有提出请求的人可以确认。
confirm-too-late = 已经不能确认了。
cancel-nothing = 你没有正在等待的请求，没有可以取消的。
delete-not-possible = 我在这里已经不能删除它了，你或管理这个聊天的人可以删除。
delete-not-yours = 只有提出请求的人可以删除。
send-not-yours = 只有提出请求的人可以让我再发一次。
send-not-needed = 这个已经送达了。
show-not-yours = 只有提出请求的人可以查看。
show-not-waiting = 这个已经展示过，或已不再保存。没有扣除积分。
show-open = 它的价格正在等你的答复。
file-not-here = 我不能在这个聊天里发送文件。
file-sent-already = 这个文件刚刚已发到这里。
cancel-not-yours = 只有提出请求的人可以取消。
again-open = 这张正在生成，这次点击没有新建任务，也没有扣除积分。
again-offered = 这个请求正在等你的答复。
again-not-offered = 无法再次生成：它的模型、形状或尺寸已不再提供。
account-blocked = 你的积分记录对不上，暂时不能接受你的新请求。管理者会收到通知，没有扣除积分。
not-allowed-here = 我不能在这里发送图片，请联系管理这个聊天的人开启权限。
no-room = 机器人的磁盘已满，暂时无法制作新图片。没有扣除积分，请稍后再试。

## 帮助

welcome = 你好，我是 { $name }。告诉我要画什么吧。
help-imagine = /imagine 雪地里的红狐狸 --ar 16:9 --size 4K 可以画一张图片。
help-edit = 回复一张图片并写 /edit 改成夜晚 就能修改它，也可以随消息附上图片。
help-ar = --ar 设置形状。
help-size = --size 设置分辨率。
help-think = --think 设置模型绘制前思考多久。
help-model-flag = --model 选择模型。
help-several = --n 4 一次画四张，{ "{" }红, 蓝{ "}" }色的车 会画红色和蓝色各一张。回复时写 #2 表示第二张图片。
help-choice = 也可以让我来选：--fast 用快的模型，--best 用最好的模型。
help-values = { $flag } 可以是 { $values }。
help-model = { $name }（{ $alias }）：{ $settings ->
    [none] { "" }
   *[other] { $settings }；
}{ $without ->
    [none] { "" }
   *[other] 没有 { $without }；
}每张 { $price } 积分。
help-credits = /credits 查看剩余积分。
menu-imagine = 用一句话画一张图片
menu-edit = 修改回复的或附上的图片
menu-cancel = 取消还在等待的请求
menu-credits = 查看剩余积分
menu-help = 查看我能做什么
# 每个是一个不带空格的词：Discord 用作字段名。
menu-name-prompt = 描述
menu-name-ar = 形状
menu-name-size = 分辨率
menu-name-think = 思考
menu-name-model = 模型
menu-name-n = 数量
menu-name-fast = 快速
menu-name-best = 最佳
menu-option-prompt = 要画什么
menu-option-change = 要改什么
menu-option-ar = 形状，例如 16:9
menu-option-size = 分辨率，例如 4K
menu-option-think = 模型绘制前思考多久
menu-option-model = 用哪个模型
menu-option-n = 几张，最多 4 张
menu-option-fast = 用快的模型
menu-option-best = 用最好的模型

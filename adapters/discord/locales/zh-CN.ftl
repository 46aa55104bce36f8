### 只在 Discord 上说的话（简体中文）。

discord-name-imagine = 画图
discord-name-edit = 修图
discord-name-credits = 积分
discord-name-help = 帮助
discord-name-cancel = 取消
discord-name-picture = 图片
discord-name-private = 仅自己可见
discord-option-picture = 作为起点的图片
discord-option-private = 只有你能看到
discord-menu-edit = 修改图片
discord-menu-reference = 用作参考
discord-form-edit = 修改图片
discord-form-reference = 参考这张图片绘制
discord-form-pictures = 更多图片（可选）
discord-say-again = 刚才没能记下来。没有扣费；请过一分钟再发一次。
discord-waiting = 你私下请求的内容已完成。点击按钮查看，只有你能看到。
discord-show = 查看
discord-not-yours = 只有当初请求的人可以查看。
discord-words-hidden = Discord 不让我读取你写的内容。请点击图片下方的“修改”，或在图片的菜单中选择“应用”，再选“修改图片”。

// What the server wrote into the page: its words, the command menu, and the limits of a message.

const data = JSON.parse(document.getElementById("page-data").textContent);

export const { labels, menu, botName, fileLimitBytes, mostFiles } = data;

export const language = document.documentElement.lang;

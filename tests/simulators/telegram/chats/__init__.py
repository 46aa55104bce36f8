"""Chats, people, messages and files of the simulated Telegram."""

"""A small chat platform, a notice board over HTTP: its adapter, the board itself, and the program with both.

It shows that a platform is added without a change in bot/, and how little an adapter needs. `docs/adding/platform.md`
tells how it is done.
"""

"""People who sign in: users, their passwords and sessions, and the record of what was done with rights."""

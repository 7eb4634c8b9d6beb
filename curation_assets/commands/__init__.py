"""What ``curate`` can do: a module a command; each imports what it needs only when it is used."""

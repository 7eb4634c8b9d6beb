"""ledger: every document that was read, and what decided its fate."""

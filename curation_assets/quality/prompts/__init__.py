"""The questions that a scorer may be asked, and what is done to a document so that it cannot change one."""

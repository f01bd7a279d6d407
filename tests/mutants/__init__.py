"""`make mutants`: change the code, one small change at a time, and see whether a test fails.

Not in CI. Tools that start pytest once for each change would start the database servers each time. Here one session
has them, and a child process for each change runs the tests that call the changed function.
"""

#ifndef CCOMMIT_H
#define CCOMMIT_H

/// The commit that this program was built from, followed by "+" if files were changed since; empty where nobody said.
///
/// `make build`, `install` and `release` link another definition in its place (Makefile, `COMMIT_OBJECT`), whose file is
/// named by the commit: a new commit links anew and compiles nothing, and a plain `swift build` never keeps an old one.
const char *tombola_commit(void);

#endif

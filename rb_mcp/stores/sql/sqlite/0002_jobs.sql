-- Distillation by a model: one row an experience that waits for it, or that it gave up on.

CREATE TABLE jobs (
    experience  INTEGER PRIMARY KEY REFERENCES experiences (seq) ON DELETE CASCADE,
    state       TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'dead', 'asked')), -- asked: the client's model was
    tries       INTEGER NOT NULL DEFAULT 0,  -- that brought a bad answer
    waits       INTEGER NOT NULL DEFAULT 0,  -- because no answer was to be had
    token       INTEGER NOT NULL DEFAULT 0,  -- of the current lease: a late answer carries another one
    next_at     REAL NOT NULL,               -- seconds since 1970: not before
    lease_until REAL NOT NULL DEFAULT 0,
    reason      TEXT NOT NULL DEFAULT ''     -- why it waits again, or is dead
) STRICT;
CREATE INDEX jobs_next ON jobs (state, next_at);

CREATE TABLE calls (                         -- to models, a row a day (UTC)
    day   TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE attempts ADD COLUMN judge TEXT NOT NULL DEFAULT ''; -- model and prompt behind a verdict of source judge

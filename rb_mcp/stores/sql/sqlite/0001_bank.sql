-- The bank. Every table below is the truth; the text and vector indexes at the end, and the vec0 table made
-- when the first embedder comes, are caches that can be made anew from them.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE experiences (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    namespace   TEXT NOT NULL,
    task        TEXT NOT NULL,
    words       TEXT NOT NULL,            -- of the task, a space between
    key         TEXT NOT NULL,            -- of the content: the same call sent twice is one experience
    status      TEXT NOT NULL CHECK (status IN ('distilled', 'awaiting_distillation', 'queued', 'recorded')),
    outcome     TEXT NOT NULL CHECK (outcome IN ('success', 'failure', 'unknown')),
    best        TEXT NOT NULL DEFAULT '', -- of contrasted members: the id of the one to keep
    best_reason TEXT NOT NULL DEFAULT '',
    created_at  TEXT NOT NULL,
    UNIQUE (namespace, key)
) STRICT;

CREATE TABLE attempts (
    experience INTEGER NOT NULL REFERENCES experiences (seq) ON DELETE CASCADE,
    round      INTEGER NOT NULL,
    key        TEXT NOT NULL,
    length     INTEGER NOT NULL,          -- in steps
    steps      BLOB NOT NULL,             -- JSON, compressed (zlib)
    outcome    TEXT NOT NULL CHECK (outcome IN ('success', 'failure', 'unknown')),
    reason     TEXT NOT NULL,
    source     TEXT NOT NULL CHECK (source IN ('agent', 'evidence', 'judge')),
    PRIMARY KEY (experience, round),
    UNIQUE (experience, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    contrast INTEGER NOT NULL REFERENCES experiences (seq) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    member   INTEGER NOT NULL REFERENCES experiences (seq) ON DELETE CASCADE,
    PRIMARY KEY (contrast, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_member ON members (member);

CREATE TABLE strategies (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    namespace   TEXT NOT NULL,
    title       TEXT NOT NULL,
    description TEXT NOT NULL,
    content     TEXT NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('success', 'failure', 'unknown')),
    standing    TEXT NOT NULL CHECK (standing IN ('active', 'held', 'retired')),
    note        TEXT NOT NULL DEFAULT '', -- why it is held or retired
    edited      INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL
) STRICT;
CREATE INDEX strategies_namespace ON strategies (namespace, standing);

CREATE TABLE evidence (                   -- which experiences stand behind which strategy, in whose words
    seq         INTEGER PRIMARY KEY,
    strategy    INTEGER NOT NULL REFERENCES strategies (seq) ON DELETE CASCADE,
    experience  INTEGER NOT NULL REFERENCES experiences (seq) ON DELETE CASCADE,
    title       TEXT NOT NULL,
    description TEXT NOT NULL,
    content     TEXT NOT NULL,
    UNIQUE (strategy, experience)
) STRICT;
CREATE INDEX evidence_experience ON evidence (experience);

CREATE TABLE vectors (                    -- unit vectors, little-endian float32
    experience INTEGER NOT NULL REFERENCES experiences (seq) ON DELETE CASCADE,
    embedder   TEXT NOT NULL,
    vector     BLOB NOT NULL,
    PRIMARY KEY (experience, embedder)
) STRICT;

CREATE TABLE recalls (                    -- what was answered, never the task that was asked
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    namespace  TEXT NOT NULL,
    nearest    REAL NOT NULL,
    floor      REAL NOT NULL,
    experience INTEGER REFERENCES experiences (seq) ON DELETE SET NULL, -- what came of the task
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX recalls_experience ON recalls (experience);

CREATE TABLE recalled (
    recall     INTEGER NOT NULL REFERENCES recalls (seq) ON DELETE CASCADE,
    strategy   INTEGER NOT NULL REFERENCES strategies (seq) ON DELETE CASCADE,
    similarity REAL NOT NULL,
    PRIMARY KEY (recall, strategy)
) STRICT, WITHOUT ROWID;
CREATE INDEX recalled_strategy ON recalled (strategy);

CREATE VIRTUAL TABLE experiences_fts USING fts5 (words, tokenize = 'unicode61');
INSERT INTO experiences_fts (experiences_fts, rank) VALUES ('secure-delete', 1);
CREATE VIRTUAL TABLE strategies_fts USING fts5 (words, tokenize = 'unicode61');
INSERT INTO strategies_fts (strategies_fts, rank) VALUES ('secure-delete', 1);

-- What recall compares beside the task: the kind of problem, what the work touched, the remedies of its errors, the
-- language, by which floors are set. `language` and `words` are functions that the program brings (database.py).

DROP TRIGGER experiences_added;
DROP TRIGGER experiences_changed;
ALTER TABLE experiences ADD COLUMN kind     TEXT NOT NULL DEFAULT ''; -- of problem, in general words; empty: nobody said
ALTER TABLE experiences ADD COLUMN language TEXT NOT NULL DEFAULT ''; -- of the task
UPDATE experiences SET language = language(task), words = words(task);
UPDATE experiences SET digest = digest(seq, id, namespace, task, words, key, status, outcome, best, best_reason,
    created_at, person, client, imported, kind, language);
CREATE TRIGGER experiences_added AFTER INSERT ON experiences BEGIN
    UPDATE experiences SET digest = digest(new.seq, new.id, new.namespace, new.task, new.words, new.key,
        new.status, new.outcome, new.best, new.best_reason, new.created_at, new.person, new.client, new.imported,
        new.kind, new.language) WHERE seq = new.seq;
END;
CREATE TRIGGER experiences_changed AFTER UPDATE OF seq, id, namespace, task, words, key, status, outcome, best,
    best_reason, created_at, person, client, imported, kind, language ON experiences BEGIN
    UPDATE experiences SET digest = digest(new.seq, new.id, new.namespace, new.task, new.words, new.key,
        new.status, new.outcome, new.best, new.best_reason, new.created_at, new.person, new.client, new.imported,
        new.kind, new.language) WHERE seq = new.seq;
END;
CREATE INDEX experiences_language ON experiences (namespace, language);

CREATE TABLE kind_vectors (               -- of the kind of an experience; unit vectors, little-endian float32
    experience INTEGER NOT NULL REFERENCES experiences (seq) ON DELETE CASCADE,
    embedder   TEXT NOT NULL,
    vector     BLOB NOT NULL,
    digest     BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (experience, embedder)
) STRICT;
CREATE TRIGGER kind_vectors_added AFTER INSERT ON kind_vectors BEGIN
    UPDATE kind_vectors SET digest = digest(new.experience, new.embedder, new.vector) WHERE experience =
        new.experience AND embedder = new.embedder;
END;
CREATE TRIGGER kind_vectors_changed AFTER UPDATE OF experience, embedder, vector ON kind_vectors BEGIN
    UPDATE kind_vectors SET digest = digest(new.experience, new.embedder, new.vector) WHERE experience =
        new.experience AND embedder = new.embedder;
END;

CREATE TABLE footprints (                 -- drawn from the trajectory; an experience without one waits for it
    experience INTEGER PRIMARY KEY REFERENCES experiences (seq) ON DELETE CASCADE,
    terms      TEXT NOT NULL,             -- that the work touched, a space between
    digest     BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE TRIGGER footprints_added AFTER INSERT ON footprints BEGIN
    UPDATE footprints SET digest = digest(new.experience, new.terms) WHERE experience = new.experience;
END;
CREATE TRIGGER footprints_changed AFTER UPDATE OF experience, terms ON footprints BEGIN
    UPDATE footprints SET digest = digest(new.experience, new.terms) WHERE experience = new.experience;
END;

CREATE TABLE remedies (                   -- what ended an error in a task
    seq        INTEGER PRIMARY KEY,
    experience INTEGER NOT NULL REFERENCES experiences (seq) ON DELETE CASCADE,
    key        TEXT NOT NULL,             -- the error's signature
    error      TEXT NOT NULL,
    remedy     TEXT NOT NULL,
    digest     BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE INDEX remedies_experience ON remedies (experience);
CREATE INDEX remedies_key ON remedies (key);
CREATE TRIGGER remedies_added AFTER INSERT ON remedies BEGIN
    UPDATE remedies SET digest = digest(new.seq, new.experience, new.key, new.error, new.remedy) WHERE seq = new.seq;
END;
CREATE TRIGGER remedies_changed AFTER UPDATE OF seq, experience, key, error, remedy ON remedies BEGIN
    UPDATE remedies SET digest = digest(new.seq, new.experience, new.key, new.error, new.remedy) WHERE seq = new.seq;
END;

CREATE TABLE notes (                      -- a session's notebook: what was tried and failed, what ended it
    seq        INTEGER PRIMARY KEY,
    session    TEXT NOT NULL,
    namespace  TEXT NOT NULL,
    key        TEXT NOT NULL,             -- the error's signature; empty: the task that is open
    note       TEXT NOT NULL,
    ended      TEXT NOT NULL DEFAULT '',  -- by what; empty while it lasts
    created_at TEXT NOT NULL,
    digest     BLOB NOT NULL DEFAULT x'',
    UNIQUE (session, namespace, key)
) STRICT;
CREATE TRIGGER notes_added AFTER INSERT ON notes BEGIN
    UPDATE notes SET digest = digest(new.seq, new.session, new.namespace, new.key, new.note, new.ended,
        new.created_at) WHERE seq = new.seq;
END;
CREATE TRIGGER notes_changed AFTER UPDATE OF seq, session, namespace, key, note, ended, created_at ON notes BEGIN
    UPDATE notes SET digest = digest(new.seq, new.session, new.namespace, new.key, new.note, new.ended,
        new.created_at) WHERE seq = new.seq;
END;

-- One index a side takes its place; the program makes them (index.py), for it knows how many numbers a vector has.
DROP TABLE IF EXISTS experiences_vec;

DELETE FROM strategies_fts;
INSERT INTO strategies_fts (rowid, words)
    SELECT seq, words(title || char(10) || description || char(10) || content) FROM strategies
    WHERE standing != 'retired';

-- The text index of experiences, with what they touched as a field of its own.
DROP TABLE experiences_fts;
CREATE VIRTUAL TABLE experiences_fts USING fts5 (words, terms, tokenize = 'unicode61');
INSERT INTO experiences_fts (experiences_fts, rank) VALUES ('secure-delete', 1);
INSERT INTO experiences_fts (rowid, words, terms) SELECT e.seq, e.words, '' FROM experiences e WHERE e.seq IN
    (SELECT v.experience FROM evidence v JOIN strategies s ON s.seq = v.strategy WHERE s.standing = 'active');

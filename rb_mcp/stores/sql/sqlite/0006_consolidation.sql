-- What consolidation knows: how near items are to one another, which were merged, which contradict, which are composed.

CREATE TABLE item_vectors (               -- of the words of a strategy; unit vectors, little-endian float32
    strategy INTEGER NOT NULL REFERENCES strategies (seq) ON DELETE CASCADE,
    embedder TEXT NOT NULL,
    vector   BLOB NOT NULL,
    digest   BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (strategy, embedder)
) STRICT;
CREATE TRIGGER item_vectors_added AFTER INSERT ON item_vectors BEGIN
    UPDATE item_vectors SET digest = digest(new.strategy, new.embedder, new.vector) WHERE strategy = new.strategy AND
        embedder = new.embedder;
END;
CREATE TRIGGER item_vectors_changed AFTER UPDATE OF strategy, embedder, vector ON item_vectors BEGIN
    UPDATE item_vectors SET digest = digest(new.strategy, new.embedder, new.vector) WHERE strategy = new.strategy AND
        embedder = new.embedder;
END;

CREATE TABLE merged (                     -- a strategy that stands no more by itself, and the one it went into
    strategy INTEGER PRIMARY KEY REFERENCES strategies (seq) ON DELETE CASCADE,
    target   INTEGER NOT NULL REFERENCES strategies (seq) ON DELETE CASCADE,
    digest   BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE INDEX merged_target ON merged (target);
CREATE TRIGGER merged_added AFTER INSERT ON merged BEGIN
    UPDATE merged SET digest = digest(new.strategy, new.target) WHERE strategy = new.strategy;
END;
CREATE TRIGGER merged_changed AFTER UPDATE OF strategy, target ON merged BEGIN
    UPDATE merged SET digest = digest(new.strategy, new.target) WHERE strategy = new.strategy;
END;

CREATE TABLE merges (                     -- evidence that moved, and the strategy it was taken from
    evidence INTEGER PRIMARY KEY REFERENCES evidence (seq) ON UPDATE CASCADE ON DELETE CASCADE,
    strategy INTEGER NOT NULL REFERENCES strategies (seq) ON DELETE CASCADE,
    digest   BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE INDEX merges_strategy ON merges (strategy);
CREATE TRIGGER merges_added AFTER INSERT ON merges BEGIN
    UPDATE merges SET digest = digest(new.evidence, new.strategy) WHERE evidence = new.evidence;
END;
CREATE TRIGGER merges_changed AFTER UPDATE OF evidence, strategy ON merges BEGIN
    UPDATE merges SET digest = digest(new.evidence, new.strategy) WHERE evidence = new.evidence;
END;

CREATE TABLE contradictions (             -- two strategies that cannot both be followed
    one    INTEGER NOT NULL REFERENCES strategies (seq) ON DELETE CASCADE,
    other  INTEGER NOT NULL REFERENCES strategies (seq) ON DELETE CASCADE,
    digest BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (one, other),
    CHECK (one < other)
) STRICT, WITHOUT ROWID;
CREATE INDEX contradictions_other ON contradictions (other);
CREATE TRIGGER contradictions_added AFTER INSERT ON contradictions BEGIN
    UPDATE contradictions SET digest = digest(new.one, new.other) WHERE one = new.one AND other = new.other;
END;
CREATE TRIGGER contradictions_changed AFTER UPDATE OF one, other ON contradictions BEGIN
    UPDATE contradictions SET digest = digest(new.one, new.other) WHERE one = new.one AND other = new.other;
END;

CREATE TABLE parts (                      -- a strategy that was composed, and one that it is composed of
    whole  INTEGER NOT NULL REFERENCES strategies (seq) ON DELETE CASCADE,
    part   INTEGER NOT NULL REFERENCES strategies (seq) ON DELETE CASCADE,
    digest BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (whole, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_part ON parts (part);
CREATE TRIGGER parts_added AFTER INSERT ON parts BEGIN
    UPDATE parts SET digest = digest(new.whole, new.part) WHERE whole = new.whole AND part = new.part;
END;
CREATE TRIGGER parts_changed AFTER UPDATE OF whole, part ON parts BEGIN
    UPDATE parts SET digest = digest(new.whole, new.part) WHERE whole = new.whole AND part = new.part;
END;

CREATE TABLE apart (                      -- strategies of one `reason` are not merged with one another (again)
    reason   TEXT NOT NULL,
    strategy INTEGER NOT NULL REFERENCES strategies (seq) ON DELETE CASCADE,
    digest   BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (reason, strategy)
) STRICT, WITHOUT ROWID;
CREATE INDEX apart_strategy ON apart (strategy);
CREATE TRIGGER apart_added AFTER INSERT ON apart BEGIN
    UPDATE apart SET digest = digest(new.reason, new.strategy) WHERE reason = new.reason AND strategy = new.strategy;
END;
CREATE TRIGGER apart_changed AFTER UPDATE OF reason, strategy ON apart BEGIN
    UPDATE apart SET digest = digest(new.reason, new.strategy) WHERE reason = new.reason AND strategy = new.strategy;
END;

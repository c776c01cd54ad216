-- Which recalls were drawn by chance to be answered or withheld, so that what came of their tasks can be compared.
-- A recall without a row here was no draw: nothing was withheld in those days, or nothing was found.

CREATE TABLE withheld (
    recall INTEGER PRIMARY KEY REFERENCES recalls (seq) ON DELETE CASCADE,
    count  INTEGER NOT NULL,                 -- of strategies; 0: the draw let them through
    digest BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE TRIGGER withheld_added AFTER INSERT ON withheld BEGIN
    UPDATE withheld SET digest = digest(new.recall, new.count) WHERE recall = new.recall;
END;
CREATE TRIGGER withheld_changed AFTER UPDATE OF recall, count ON withheld BEGIN
    UPDATE withheld SET digest = digest(new.recall, new.count) WHERE recall = new.recall;
END;

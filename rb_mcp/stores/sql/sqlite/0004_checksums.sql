-- What was written is what is read: a digest a row, over all its other columns in their order, kept by triggers.
-- `digest` is a function that the program brings (digests.py). A digest that is set alone fires no trigger.
-- Whoever adds a column to one of these tables drops its two triggers, makes them anew with it, and updates the
-- digests; whoever adds a table gives it the same.

ALTER TABLE meta ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE meta SET digest = digest(key, value);
CREATE TRIGGER meta_added AFTER INSERT ON meta BEGIN
    UPDATE meta SET digest = digest(new.key, new.value) WHERE key = new.key;
END;
CREATE TRIGGER meta_changed AFTER UPDATE OF key, value ON meta BEGIN
    UPDATE meta SET digest = digest(new.key, new.value) WHERE key = new.key;
END;

ALTER TABLE experiences ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE experiences SET digest = digest(seq, id, namespace, task, words, key, status, outcome, best, best_reason,
    created_at, person, client, imported);
CREATE TRIGGER experiences_added AFTER INSERT ON experiences BEGIN
    UPDATE experiences SET digest = digest(new.seq, new.id, new.namespace, new.task, new.words, new.key,
        new.status, new.outcome, new.best, new.best_reason, new.created_at, new.person, new.client, new.imported)
        WHERE seq = new.seq;
END;
CREATE TRIGGER experiences_changed AFTER UPDATE OF seq, id, namespace, task, words, key, status, outcome, best,
    best_reason, created_at, person, client, imported ON experiences BEGIN
    UPDATE experiences SET digest = digest(new.seq, new.id, new.namespace, new.task, new.words, new.key,
        new.status, new.outcome, new.best, new.best_reason, new.created_at, new.person, new.client, new.imported)
        WHERE seq = new.seq;
END;

ALTER TABLE attempts ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE attempts SET digest = digest(experience, round, key, length, steps, outcome, reason, source, judge);
CREATE TRIGGER attempts_added AFTER INSERT ON attempts BEGIN
    UPDATE attempts SET digest = digest(new.experience, new.round, new.key, new.length, new.steps, new.outcome,
        new.reason, new.source, new.judge) WHERE experience = new.experience AND round = new.round;
END;
CREATE TRIGGER attempts_changed AFTER UPDATE OF experience, round, key, length, steps, outcome, reason, source,
    judge ON attempts BEGIN
    UPDATE attempts SET digest = digest(new.experience, new.round, new.key, new.length, new.steps, new.outcome,
        new.reason, new.source, new.judge) WHERE experience = new.experience AND round = new.round;
END;

ALTER TABLE members ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE members SET digest = digest(contrast, position, member);
CREATE TRIGGER members_added AFTER INSERT ON members BEGIN
    UPDATE members SET digest = digest(new.contrast, new.position, new.member) WHERE contrast = new.contrast AND
        position = new.position;
END;
CREATE TRIGGER members_changed AFTER UPDATE OF contrast, position, member ON members BEGIN
    UPDATE members SET digest = digest(new.contrast, new.position, new.member) WHERE contrast = new.contrast AND
        position = new.position;
END;

ALTER TABLE strategies ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE strategies SET digest = digest(seq, id, namespace, title, description, content, outcome, standing, note,
    edited, created_at, approved);
CREATE TRIGGER strategies_added AFTER INSERT ON strategies BEGIN
    UPDATE strategies SET digest = digest(new.seq, new.id, new.namespace, new.title, new.description,
        new.content, new.outcome, new.standing, new.note, new.edited, new.created_at, new.approved) WHERE seq =
        new.seq;
END;
CREATE TRIGGER strategies_changed AFTER UPDATE OF seq, id, namespace, title, description, content, outcome,
    standing, note, edited, created_at, approved ON strategies BEGIN
    UPDATE strategies SET digest = digest(new.seq, new.id, new.namespace, new.title, new.description,
        new.content, new.outcome, new.standing, new.note, new.edited, new.created_at, new.approved) WHERE seq =
        new.seq;
END;

ALTER TABLE evidence ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE evidence SET digest = digest(seq, strategy, experience, title, description, content, distiller,
    imported);
CREATE TRIGGER evidence_added AFTER INSERT ON evidence BEGIN
    UPDATE evidence SET digest = digest(new.seq, new.strategy, new.experience, new.title, new.description,
        new.content, new.distiller, new.imported) WHERE seq = new.seq;
END;
CREATE TRIGGER evidence_changed AFTER UPDATE OF seq, strategy, experience, title, description, content,
    distiller, imported ON evidence BEGIN
    UPDATE evidence SET digest = digest(new.seq, new.strategy, new.experience, new.title, new.description,
        new.content, new.distiller, new.imported) WHERE seq = new.seq;
END;

ALTER TABLE vectors ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE vectors SET digest = digest(experience, embedder, vector);
CREATE TRIGGER vectors_added AFTER INSERT ON vectors BEGIN
    UPDATE vectors SET digest = digest(new.experience, new.embedder, new.vector) WHERE experience =
        new.experience AND embedder = new.embedder;
END;
CREATE TRIGGER vectors_changed AFTER UPDATE OF experience, embedder, vector ON vectors BEGIN
    UPDATE vectors SET digest = digest(new.experience, new.embedder, new.vector) WHERE experience =
        new.experience AND embedder = new.embedder;
END;

ALTER TABLE recalls ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE recalls SET digest = digest(seq, id, namespace, nearest, floor, experience, created_at);
CREATE TRIGGER recalls_added AFTER INSERT ON recalls BEGIN
    UPDATE recalls SET digest = digest(new.seq, new.id, new.namespace, new.nearest, new.floor, new.experience,
        new.created_at) WHERE seq = new.seq;
END;
CREATE TRIGGER recalls_changed AFTER UPDATE OF seq, id, namespace, nearest, floor, experience, created_at ON
    recalls BEGIN
    UPDATE recalls SET digest = digest(new.seq, new.id, new.namespace, new.nearest, new.floor, new.experience,
        new.created_at) WHERE seq = new.seq;
END;

ALTER TABLE recalled ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE recalled SET digest = digest(recall, strategy, similarity);
CREATE TRIGGER recalled_added AFTER INSERT ON recalled BEGIN
    UPDATE recalled SET digest = digest(new.recall, new.strategy, new.similarity) WHERE recall = new.recall AND
        strategy = new.strategy;
END;
CREATE TRIGGER recalled_changed AFTER UPDATE OF recall, strategy, similarity ON recalled BEGIN
    UPDATE recalled SET digest = digest(new.recall, new.strategy, new.similarity) WHERE recall = new.recall AND
        strategy = new.strategy;
END;

ALTER TABLE jobs ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE jobs SET digest = digest(experience, state, tries, waits, token, next_at, lease_until, reason);
CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
    UPDATE jobs SET digest = digest(new.experience, new.state, new.tries, new.waits, new.token, new.next_at,
        new.lease_until, new.reason) WHERE experience = new.experience;
END;
CREATE TRIGGER jobs_changed AFTER UPDATE OF experience, state, tries, waits, token, next_at, lease_until, reason
    ON jobs BEGIN
    UPDATE jobs SET digest = digest(new.experience, new.state, new.tries, new.waits, new.token, new.next_at,
        new.lease_until, new.reason) WHERE experience = new.experience;
END;

ALTER TABLE calls ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE calls SET digest = digest(day, count);
CREATE TRIGGER calls_added AFTER INSERT ON calls BEGIN
    UPDATE calls SET digest = digest(new.day, new.count) WHERE day = new.day;
END;
CREATE TRIGGER calls_changed AFTER UPDATE OF day, count ON calls BEGIN
    UPDATE calls SET digest = digest(new.day, new.count) WHERE day = new.day;
END;

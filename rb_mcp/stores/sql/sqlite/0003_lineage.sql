-- Who handed an experience in, who worded what it taught, and whether a person looked at it. Of what was kept
-- before this was, nothing is known: it counts as the owner's own.

ALTER TABLE experiences ADD COLUMN person   TEXT NOT NULL DEFAULT ''; -- the account that recorded it
ALTER TABLE experiences ADD COLUMN client   TEXT NOT NULL DEFAULT ''; -- the program, by the name it gives itself
ALTER TABLE experiences ADD COLUMN imported TEXT NOT NULL DEFAULT ''; -- the import that brought it, if one did
CREATE INDEX experiences_client ON experiences (client);

ALTER TABLE evidence ADD COLUMN distiller TEXT NOT NULL DEFAULT '';   -- model and prompt; empty: the calling agent
ALTER TABLE evidence ADD COLUMN imported  TEXT NOT NULL DEFAULT '';   -- the import that brought this wording, if one did

ALTER TABLE strategies ADD COLUMN approved INTEGER NOT NULL DEFAULT 0; -- by a person: let in, or reworded

-- The oldest transaction that had not ended when the rows of a superseded revision were
-- copied: what is written to their partition after the copy is of that one or a later one.

-- +goose Up
alter table sf_snapshot.prepared add column kept_xact bigint;

-- +goose Down
alter table sf_snapshot.prepared drop column kept_xact;

-- Where candidates stand. Ingest makes them, and grants each one to those who read it.

-- +goose Up
create schema sf_staging;
grant usage, create on schema sf_staging to sf_ingest;
grant usage on schema sf_staging to sf_quality, sf_snapshot, sf_reader;

-- +goose Down
drop schema sf_staging cascade;

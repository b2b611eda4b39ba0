-- Which relation of sf_staging belongs to which batch. A row is written and removed
-- in the transaction that makes and drops its relation, so none is ever without.

-- +goose Up
create table sf_ingest.staging (
    relation text primary key,
    batch    text collate "C" not null references sf_ingest.batch (id),
    made_at  timestamptz not null default now()
);
create index staging_by_batch on sf_ingest.staging (batch);

grant select, insert, update, delete on sf_ingest.staging to sf_ingest;

-- +goose Down
drop table sf_ingest.staging;

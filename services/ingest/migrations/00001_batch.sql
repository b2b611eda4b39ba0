-- The record of every delivery: logged, so that it tells what the unlogged staging
-- must hold.

-- +goose Up
create table sf_ingest.batch (
    id              text collate "C" primary key,
    dataset         text not null,
    dataset_version text not null,
    as_of           date not null,
    run             text not null,
    source          text not null,
    state           text not null
        check (state in ('STAGING', 'STAGED', 'REJECTED', 'PUBLISHED', 'BACKFILLED', 'DISCARDED')),
    same_as         text not null default '',
    requested_by    text not null,
    created_at      timestamptz not null default now(),
    staged_at       timestamptz,
    published_at    timestamptz,
    detail          jsonb not null default '{}'
);
comment on column sf_ingest.batch.detail is
    'files, tables, counts and findings of the message streamflow.ingest.v1.Batch, as its JSON.';
-- Identifiers are ordered by time: the newest batch of a dataset has the greatest.
create index batch_by_dataset on sf_ingest.batch (dataset, id);
create index batch_published on sf_ingest.batch (dataset, as_of, published_at) where published_at is not null;

create table sf_ingest.batch_file (
    batch      text collate "C" not null references sf_ingest.batch (id),
    table_name text not null,
    name       text not null,
    size_bytes bigint not null,
    sha256     text not null,
    primary key (batch, table_name, name)
);
comment on table sf_ingest.batch_file is
    'Checksums of the delivered files, to know a file again: under the same as_of there is nothing to do, under another it is stale.';
create index batch_file_by_checksum on sf_ingest.batch_file (sha256, size_bytes);

grant select, insert, update on sf_ingest.batch to sf_ingest;
grant select, insert, delete on sf_ingest.batch_file to sf_ingest;

-- +goose Down
drop table sf_ingest.batch_file;
drop table sf_ingest.batch;

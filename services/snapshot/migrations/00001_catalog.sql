-- What is stamped, and what stands beside the history waiting to be.

-- +goose Up
create table sf_snapshot.catalog (
    dataset          text        not null,
    snapshot         text        not null,
    as_of            date        not null,
    revision         integer     not null check (revision >= 1),
    current          boolean     not null default true,
    known_at         timestamptz not null,
    rows             bigint      not null,
    content_hash     text        not null,
    batch            text        not null,
    dataset_version  text        not null,
    run              text        not null,
    table_schema     text        not null,
    table_name       text        not null,
    partition_schema text        not null,
    partition_name   text        not null,
    columns          text[]      not null,
    requested_by     text        not null,
    primary key (dataset, snapshot, as_of, revision)
);
comment on table sf_snapshot.catalog is
    'One row per immutable state of a snapshot at an as_of. An as_of has one current revision.';
create unique index catalog_current on sf_snapshot.catalog (dataset, as_of, snapshot) where current;

create table sf_snapshot.prepared (
    dataset          text        not null,
    batch            text        not null,
    snapshot         text        not null,
    as_of            date        not null,
    dataset_version  text        not null,
    candidate_schema text        not null,
    candidate_name   text        not null,
    partition_schema text,
    partition_name   text,
    rows             bigint      not null,
    content_hash     text        not null,
    prepared_at      timestamptz not null default now(),
    primary key (dataset, batch, snapshot),
    check ((partition_schema is null) = (partition_name is null))
);
comment on table sf_snapshot.prepared is
    'What Prepare found out about each snapshot of a batch. Without a partition, the content was stamped already.';

-- The catalog is immutable: the service may add to it and read it.
grant select, insert on sf_snapshot.catalog to sf_snapshot;
grant select, insert, update, delete on sf_snapshot.prepared to sf_snapshot;
-- Readers see what is stamped; what is prepared concerns nobody.
grant usage on schema sf_snapshot to sf_reader;
grant select on sf_snapshot.catalog to sf_reader;

-- +goose Down
drop table sf_snapshot.prepared;
drop table sf_snapshot.catalog;
revoke usage on schema sf_snapshot from sf_reader;

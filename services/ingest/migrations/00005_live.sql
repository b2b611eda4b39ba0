-- How each live table was left, so that the same files again are only called unchanged
-- where their rows are there.

-- +goose Up
create table sf_ingest.live (
    schema_name text collate "C" not null,
    table_name  text collate "C" not null,
    dataset     text not null,
    batch       text collate "C" not null references sf_ingest.batch (id),
    rows        bigint not null check (rows >= 0),
    footprint   text not null,
    recorded_at timestamptz not null default now(),
    primary key (schema_name, table_name)
);
comment on table sf_ingest.live is
    'Rows and footprint (oid, file node, size) of every live table when it was last published; written in the publishing transaction.';

grant select, insert, update on sf_ingest.live to sf_ingest;

-- +goose Down
drop table sf_ingest.live;

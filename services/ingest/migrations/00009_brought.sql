-- Which keys the deliveries of the as_of that live holds brought into it: those that only
-- a delivery brought which is superseded are withdrawn.

-- +goose Up
create table sf_ingest.brought_table (
    dataset     text   not null,
    table_name  text   not null,
    as_of       date   not null,
    extent      text   not null check (extent in ('WHOLE', 'LISTED', 'UNKNOWN')),
    key_columns text[] not null,
    primary key (dataset, table_name)
);
comment on table sf_ingest.brought_table is
    'The as_of that each live table holds, and how far it is known which of its keys that as_of brought: WHOLE, all of them, since it made the table; LISTED in sf_ingest.brought; UNKNOWN, since it was first published before this was recorded.';

create table sf_ingest.brought (
    dataset    text   not null,
    table_name text   not null,
    batch      text collate "C" not null,
    key        text[] not null
);
create index brought_by_table on sf_ingest.brought (dataset, table_name);
comment on table sf_ingest.brought is
    'Keys that batches of the as_of that live holds inserted, one text per key column. Emptied, table by table, once a later as_of is published.';

grant select, insert, update on sf_ingest.brought_table to sf_ingest;
grant select, insert, delete on sf_ingest.brought to sf_ingest;

-- +goose Down
drop table sf_ingest.brought;
drop table sf_ingest.brought_table;

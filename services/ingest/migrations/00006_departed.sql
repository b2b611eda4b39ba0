-- What every live table was last delivered, and which of its keys have departed: what
-- a delivery is compared with, so that one that is cut short is noticed.

-- +goose Up
create table sf_ingest.published_table (
    dataset     text   not null,
    table_name  text   not null,
    as_of       date   not null,
    rows        bigint not null,
    absent      bigint not null check (absent >= 0),
    key_columns text[],
    primary key (dataset, table_name)
);
comment on table sf_ingest.published_table is
    'The last delivery of each live table: its rows, and how many live rows it had none for. key_columns names the columns of the keys in sf_ingest.departed; NULL where no ledger is kept, and only absent tells how many had departed.';

create table sf_ingest.departed (
    dataset    text   not null,
    table_name text   not null,
    key        text[] not null,
    since      date
);
-- Not by key: a key may be as long as an index takes by itself, and no longer with more
-- beside it. Publish enters each key once, under its lock on the dataset.
create index departed_by_table on sf_ingest.departed (dataset, table_name);
comment on table sf_ingest.departed is
    'Keys of live rows that the last full extract lacked, one text per key column, and the as_of from which on they did; since is NULL where they departed before the ledger was kept, or with its first delivery. Never more than the live table has rows.';

-- What was published before there was a ledger: its counts say how many keys of live
-- the last delivery of each table lacked, not which. A batch whose files were those of
-- an earlier one has its counts there.
with recursive origin (dataset, as_of, batch, same_as) as (
    select w.dataset, w.as_of, b.id, b.same_as
      from sf_ingest.watermark w join sf_ingest.batch b on b.id = w.batch
    union
    select o.dataset, o.as_of, b.id, b.same_as
      from origin o join sf_ingest.batch b on b.id = o.same_as
)
insert into sf_ingest.published_table (dataset, table_name, as_of, rows, absent)
select o.dataset, c ->> 'table', o.as_of, coalesce((c ->> 'rows')::bigint, 0),
       greatest(coalesce((c ->> 'departed')::bigint, 0) - coalesce((c ->> 'deleted')::bigint, 0), 0)
  from origin o
  join sf_ingest.batch b on b.id = o.batch
 cross join lateral jsonb_array_elements(b.detail -> 'counts') c
 where o.same_as = ''
on conflict do nothing;

grant select, insert, update on sf_ingest.published_table to sf_ingest;
grant select, insert, delete on sf_ingest.departed to sf_ingest;
-- A delivery that is earlier than live is compared with the nearest earlier snapshot.
grant sf_reader to sf_ingest;

-- +goose Down
revoke sf_reader from sf_ingest;
drop table sf_ingest.departed;
drop table sf_ingest.published_table;

-- What an erase goes by while it is under way, and what it did.

-- +goose Up
create table sf_ingest.erasing (
    run        text collate "C" not null,
    dataset    text not null,
    table_name text not null,
    key        text[] not null,
    place      integer,
    seen       boolean not null default false
);
-- Not by key, which may be as long as an index takes by itself.
create index erasing_by_table on sf_ingest.erasing (run, table_name);
comment on table sf_ingest.erasing is
    'Keys of an erase that is under way, one text per key column: those that were asked for, at their place in the request, and those of the rows that refer to them. Emptied when its run ends.';

create table sf_ingest.erasure (
    run          text collate "C" primary key,
    dataset      text not null,
    requested_by text not null,
    reason       text not null,
    erased_at    timestamptz not null default clock_timestamp(),
    detail       jsonb not null
);
create index erasure_by_dataset on sf_ingest.erasure (dataset, erased_at);
comment on table sf_ingest.erasure is
    'Who erased keys, why and when, and how many rows went: of the message streamflow.step.v1.EraseResult, as its JSON. No key is in it.';

grant select, insert, update, delete on sf_ingest.erasing to sf_ingest;
grant select, insert on sf_ingest.erasure to sf_ingest;
-- The other services go by the same keys: snapshot finds those that only history knows.
grant usage on schema sf_ingest to sf_snapshot, sf_quality, sf_orchestrator;
grant select on sf_ingest.erasing to sf_snapshot, sf_quality, sf_orchestrator;
grant insert, update (seen) on sf_ingest.erasing to sf_snapshot;

-- +goose Down
revoke usage on schema sf_ingest from sf_snapshot, sf_quality, sf_orchestrator;
drop table sf_ingest.erasure;
drop table sf_ingest.erasing;

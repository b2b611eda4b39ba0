-- A name may be declared by several datasets until one of them has published into it: it is
-- that one's from then on, which ingest and snapshot keep.

-- +goose Up
alter table sf_orchestrator.table_claim drop constraint table_claim_pkey;
alter table sf_orchestrator.table_claim add primary key (schema_name, table_name, dataset);
comment on table sf_orchestrator.table_claim is
    'Which datasets declare a live or snapshot table. One that has published or stamped into it keeps it from the others, also after a newer version gave the name up, because its rows and its history are still there.';

-- +goose Down
alter table sf_orchestrator.table_claim drop constraint table_claim_pkey;
alter table sf_orchestrator.table_claim add primary key (schema_name, table_name);
comment on table sf_orchestrator.table_claim is
    'Which dataset a live or snapshot table belongs to. A name stays claimed after a newer version gave it up, because its rows and its history are still there.';

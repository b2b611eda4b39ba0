-- The registry: what datasets declare, version by version, and which names they hold.

-- +goose Up
create table sf_orchestrator.dataset_version (
    dataset      text collate "C" not null,
    version      text collate "C" not null,
    content      jsonb not null,
    created_at   timestamptz not null default now(),
    requested_by text not null,
    current      boolean not null,
    primary key (dataset, version)
);
create unique index dataset_version_current on sf_orchestrator.dataset_version (dataset) where current;
comment on table sf_orchestrator.dataset_version is
    'Every version of every dataset that was ever applied; the version is the hash of its content.';

create table sf_orchestrator.table_claim (
    schema_name text collate "C" not null,
    table_name  text collate "C" not null,
    dataset     text collate "C" not null,
    primary key (schema_name, table_name)
);
comment on table sf_orchestrator.table_claim is
    'Which dataset a live or snapshot table belongs to. A name stays claimed after a newer version gave it up, because its rows and its history are still there.';

grant select, insert, update on sf_orchestrator.dataset_version to sf_orchestrator;
grant select, insert on sf_orchestrator.table_claim to sf_orchestrator;

-- +goose Down
drop table sf_orchestrator.table_claim;
drop table sf_orchestrator.dataset_version;

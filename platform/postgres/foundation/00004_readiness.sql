-- Where a service writes that it could write: a probe that only reads takes a standby,
-- or a server that has become read-only, for one that does its work.

-- +goose Up
create table sf_platform.readiness (
    role text collate "C" primary key,
    at   timestamptz not null
);
comment on table sf_platform.readiness is
    'When each role last wrote that it is ready. Nothing reads it.';

grant select, insert, update on sf_platform.readiness to sf_ingest, sf_quality, sf_snapshot, sf_orchestrator;

-- +goose Down
drop table sf_platform.readiness;

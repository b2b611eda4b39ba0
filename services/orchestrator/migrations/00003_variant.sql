-- What a run is told to do otherwise than its mode says is part of what it is: a request
-- that wants it done so is another run than one that does not.

-- +goose Up
alter table sf_orchestrator.run add column restage boolean not null default false;
alter table sf_orchestrator.run add column variant text collate "C" not null default '';
alter table sf_orchestrator.run_request add column variant text collate "C" not null default '';
comment on column sf_orchestrator.run.variant is
    'What decides the outcome besides dataset, as_of, source and mode, as one text: empty where nothing does.';
drop index sf_orchestrator.run_one_active;
create unique index run_one_active on sf_orchestrator.run (dataset, as_of, mode, source_key, variant)
    where state in ('QUEUED', 'RUNNING');

-- +goose Down
drop index sf_orchestrator.run_one_active;
create unique index run_one_active on sf_orchestrator.run (dataset, as_of, mode, source_key)
    where state in ('QUEUED', 'RUNNING');
alter table sf_orchestrator.run_request drop column variant;
alter table sf_orchestrator.run drop column variant;
alter table sf_orchestrator.run drop column restage;

-- A run may correct what is stamped as of its date: why, and what it changed in history.

-- +goose Up
alter table sf_orchestrator.run add column supersede boolean not null default false;
alter table sf_orchestrator.run add column supersede_reason text not null default '';
alter table sf_orchestrator.run add column restated jsonb not null default '[]';
comment on column sf_orchestrator.run.restated is
    'A list of the message streamflow.step.v1.RestatedSnapshot, as its JSON.';

-- +goose Down
alter table sf_orchestrator.run drop column restated;
alter table sf_orchestrator.run drop column supersede_reason;
alter table sf_orchestrator.run drop column supersede;

-- A run may take its files for something else than the dataset declares: for whole tables,
-- although deliveries bring only what changed.

-- +goose Up
alter table sf_orchestrator.run add column extract text not null default '';
comment on column sf_orchestrator.run.extract is
    'What the run takes its files for: FULL, for whole tables; empty, for what the dataset declares.';

-- +goose Down
alter table sf_orchestrator.run drop column extract;

-- What somebody accepted for a run, of what guards find.

-- +goose Up
alter table sf_orchestrator.run add column accepted jsonb not null default '[]';
comment on column sf_orchestrator.run.accepted is
    'A list of the message streamflow.step.v1.Acceptance, as its JSON; what of it decides the outcome is part of the variant.';

-- +goose Down
alter table sf_orchestrator.run drop column accepted;

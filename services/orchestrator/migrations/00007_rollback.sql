-- A run may make an earlier revision of its as_of current again. The constraint is not
-- validated: every row that is there was held to the one before, which allows less.

-- +goose Up
alter table sf_orchestrator.run drop constraint run_mode_check;
alter table sf_orchestrator.run add constraint run_mode_check check (mode in ('FULL', 'PLAN', 'ROLLBACK')) not valid;
alter table sf_orchestrator.run add column to_revision integer not null default 0;
alter table sf_orchestrator.run add column revision_of text not null default '';
comment on column sf_orchestrator.run.to_revision is
    'Of a rollback, the revision to go back to; 0 for what was known before the last change.';

-- +goose Down
alter table sf_orchestrator.run drop column revision_of;
alter table sf_orchestrator.run drop column to_revision;
alter table sf_orchestrator.run drop constraint run_mode_check;
alter table sf_orchestrator.run add constraint run_mode_check check (mode in ('FULL', 'PLAN')) not valid;

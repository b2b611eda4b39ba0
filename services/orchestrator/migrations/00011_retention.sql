-- A run may drop what a dataset's history is not to keep. Such a run is told by its mode, as
-- of the newest date that was stamped when it was asked for. The constraint is not
-- validated: every row that is there was held to the one before, which allows less.

-- +goose Up
alter table sf_orchestrator.run drop constraint run_mode_check;
alter table sf_orchestrator.run add constraint run_mode_check check (mode in ('FULL', 'PLAN', 'ROLLBACK', 'RETENTION')) not valid;

-- +goose Down
alter table sf_orchestrator.run drop constraint run_mode_check;
alter table sf_orchestrator.run add constraint run_mode_check check (mode in ('FULL', 'PLAN', 'ROLLBACK')) not valid;

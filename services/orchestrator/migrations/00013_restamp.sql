-- A run may make its as_of again from what was delivered before, over what stands before it
-- by now, without the files.

-- +goose Up
alter table sf_orchestrator.run add column restamp boolean not null default false;
comment on column sf_orchestrator.run.restamp is
    'The as_of is made again from the rows that were kept of its delivery; once that has succeeded, the next date that is stale is made again by a run of its own.';

-- +goose Down
alter table sf_orchestrator.run drop column restamp;

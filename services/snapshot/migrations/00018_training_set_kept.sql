-- For how long training sets keep the dates that they stand on.

-- +goose Up
alter table sf_snapshot.training_set add column kept_until timestamptz;
comment on column sf_snapshot.training_set.kept_until is
    'Until when it keeps its dates from retention; NULL for until it is forgotten.';

create table sf_snapshot.training_set_forgotten (
    training_set text        primary key collate "C" references sf_snapshot.training_set,
    reason       text        not null,
    forgotten_by text        not null,
    forgotten_at timestamptz not null default clock_timestamp()
);
comment on table sf_snapshot.training_set_forgotten is 'The training sets that keep no dates any more. What was built is never changed.';

grant select, insert on sf_snapshot.training_set_forgotten to sf_snapshot;
grant select on sf_snapshot.training_set_forgotten to sf_reader;

-- +goose Down
drop table sf_snapshot.training_set_forgotten;
alter table sf_snapshot.training_set drop column kept_until;

-- The training sets that were built: what each is made of, to the revision.

-- +goose Up
create table sf_snapshot.training_set (
    id           text        primary key collate "C",
    dataset      text        not null,
    name         text        not null,
    request_id   text        not null,
    fingerprint  text        not null,
    created_at   timestamptz not null,
    requested_by text        not null,
    manifest     text        not null
);
comment on table sf_snapshot.training_set is
    'One row per training set that was built. Its manifest is everything from which its rows can be made again; none of them is kept.';
create index training_set_newest on sf_snapshot.training_set (dataset, id desc);
create unique index training_set_request on sf_snapshot.training_set (dataset, request_id) where request_id <> '';

create table sf_snapshot.training_set_pin (
    training_set text    not null collate "C" references sf_snapshot.training_set,
    dataset      text    not null,
    snapshot     text    not null,
    as_of        date    not null,
    revision     integer not null,
    primary key (training_set, snapshot, as_of)
);
comment on table sf_snapshot.training_set_pin is 'The revisions that each training set is made of.';
create index training_set_pin_revision on sf_snapshot.training_set_pin (dataset, snapshot, as_of, revision);

-- What was built is never changed: the service may add to it and read it.
grant select, insert on sf_snapshot.training_set, sf_snapshot.training_set_pin to sf_snapshot;
grant select on sf_snapshot.training_set, sf_snapshot.training_set_pin to sf_reader;

-- +goose Down
drop table sf_snapshot.training_set_pin;
drop table sf_snapshot.training_set;

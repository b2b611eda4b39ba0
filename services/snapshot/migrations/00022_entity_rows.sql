-- The rows by which somebody says whom a training set is about, and when. Nothing else has
-- them, so they are kept, and found by the hash of their content.

-- +goose Up
create table sf_snapshot.training_set_entities (
    training_set text   primary key collate "C" references sf_snapshot.training_set deferrable initially deferred,
    dataset      text   not null,
    name         text   not null,
    content_hash text   not null,
    rows         bigint not null
);
comment on table sf_snapshot.training_set_entities is
    'The entity rows that training sets were built from: what they were called, and the hash of their content.';
create index training_set_entities_content on sf_snapshot.training_set_entities (dataset, content_hash);

create table sf_snapshot.training_set_entity (
    training_set    text        not null collate "C",
    as_of           date        not null,
    line            integer     not null,
    event_timestamp timestamptz not null,
    key             text[]      not null,
    primary key (training_set, as_of, line)
);
comment on table sf_snapshot.training_set_entity is
    'One row per entity row: the values of the entities'' key, then of the other columns by which features join, as the texts that equal values share.';

-- As what was built, they are never changed: the service may add to them and read them.
grant select, insert on sf_snapshot.training_set_entities, sf_snapshot.training_set_entity to sf_snapshot;
grant select on sf_snapshot.training_set_entities, sf_snapshot.training_set_entity to sf_reader;

-- +goose Down
drop table sf_snapshot.training_set_entity;
drop table sf_snapshot.training_set_entities;

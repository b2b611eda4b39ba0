-- Which keys were erased, so that one that comes back is noticed: not the keys, but a hash
-- of each, salted with what only the service reads.

-- +goose Up
create table sf_ingest.erased (
    dataset    text not null,
    table_name text not null,
    key_hash   bytea not null,
    run        text collate "C" not null,
    erased_at  timestamptz not null default clock_timestamp(),
    primary key (dataset, table_name, key_hash)
);
comment on table sf_ingest.erased is
    'SHA-256 of the salt and the key, of keys that were erased. Whoever may read both can test a key that he knows; none can be read out of it.';

create table sf_ingest.erase_salt (
    salt text not null,
    single boolean primary key default true check (single)
);
comment on table sf_ingest.erase_salt is 'The salt of the hashes in sf_ingest.erased: one random text per installation.';
insert into sf_ingest.erase_salt (salt) values (gen_random_uuid()::text || gen_random_uuid()::text);

grant select, insert on sf_ingest.erased to sf_ingest;
grant select on sf_ingest.erase_salt to sf_ingest;

-- +goose Down
drop table sf_ingest.erase_salt;
drop table sf_ingest.erased;

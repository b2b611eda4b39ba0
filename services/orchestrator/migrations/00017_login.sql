-- How a browser gets to the page: by a link that is good once, and from then on by a session.
-- Both are somebody's token by other means, and end with it.

-- +goose Up
create table sf_orchestrator.login (
    hash       bytea primary key check (length(hash) = 32),
    token      text collate "C" not null references sf_orchestrator.token (id) on delete cascade,
    session    boolean not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);
create index login_token on sf_orchestrator.login (token, created_at);
comment on table sf_orchestrator.login is
    'Links to the page that were not used yet, and the sessions of browsers (session), by the SHA-256 of their secrets.';

grant select, insert, delete on sf_orchestrator.login to sf_orchestrator;

-- +goose Down
drop table sf_orchestrator.login;

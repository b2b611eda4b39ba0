-- Sessions of the page of those who signed in with an OpenID issuer. What the issuer said of
-- them is kept for as long, since roles are granted by it: they are looked for with each
-- question, as of a token of the issuer, and not once at the beginning.

-- +goose Up
create table sf_orchestrator.page_session (
    hash         bytea primary key check (length(hash) = 32),
    once         bytea not null unique check (length(once) = 32),
    issuer       text not null check (issuer <> ''),
    subject      text not null check (subject <> ''),
    name         text not null,
    claims       jsonb not null,
    shared       boolean not null,
    owner_claims text[] not null,
    created_at   timestamptz not null default clock_timestamp(),
    expires_at   timestamptz not null,
    ended_at     timestamptz
);
create index page_session_subject on sf_orchestrator.page_session (issuer, subject, created_at);
create index page_session_end on sf_orchestrator.page_session (expires_at);
comment on table sf_orchestrator.page_session is
    'Sessions of browsers whose person signed in with an issuer, by the SHA-256 of their secrets; once is the sign-in, which is good for one.';

grant select, insert, update, delete on sf_orchestrator.page_session to sf_orchestrator;

-- +goose Down
drop table sf_orchestrator.page_session;

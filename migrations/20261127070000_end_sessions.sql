-- Sessions that ended before their time: by signing out. Whose cookie was copied is
-- out with it. A row is of no use once the session would have ended by itself.
create table ended_session (
  session_id text primary key,
  user_key text not null,
  ended_at timestamptz not null,
  until timestamptz not null
);
create index ended_session_until on ended_session (until);

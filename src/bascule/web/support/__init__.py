"""Support sessions: asked by an agent, answered and watched by the school."""

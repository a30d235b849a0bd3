//! Clocks on walls, over every change of their offsets.

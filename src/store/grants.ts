/** The group of everyone, as grant headers name it; OBS's XML says `<Canned>Everyone</Canned>`. */
export const EVERYONE = 'http://acs.amazonaws.com/groups/global/AllUsers';
